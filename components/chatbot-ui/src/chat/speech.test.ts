import { expect, it } from 'vitest'
import { sentencesOf } from './speech'

it('says whole sentences only while the text grows', () => {
  expect(sentencesOf('The sky is blue. It is bl', false)).toEqual(['The sky is blue.'])
  expect(sentencesOf('The sky is blue. It is blue', true)).toEqual([
    'The sky is blue.',
    'It is blue',
  ])
})

it('says no marks of Markdown', () => {
  expect(sentencesOf('## Why\n- It is **so** `much` [bluer](https://x.example).', true)).toEqual([
    'Why',
    'It is so much bluer.',
  ])
})

it('names code and does not spell it, also when it has only begun', () => {
  const open = 'Look:\n```python\nprint("a. b. c")\n'
  expect(sentencesOf(`${open}\`\`\`\nDone.`, true)).toEqual(['Look:', 'A block of code.', 'Done.'])
  expect(sentencesOf(open, true)).toEqual(['Look:', 'A block of code.'])
})

it('never takes back a sentence that was said', () => {
  const text = 'One. Two *three*. See `a`.\n\n```js\nlet a = 1. + 2\n```\n\n1. Four.\n2. Five!'
  let said: string[] = []
  for (let end = 0; end <= text.length; end += 1) {
    const now = sentencesOf(text.slice(0, end), false)
    expect(now.slice(0, said.length)).toEqual(said)
    said = now
  }
})
