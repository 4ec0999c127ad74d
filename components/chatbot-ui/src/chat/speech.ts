/**
 * The sentences of an answer that a screen reader can read out: complete ones only, without marks of Markdown.
 *
 * @param complete whether the text ends here; else its last sentence may still grow and is left out.
 */
export function sentencesOf(markdown: string, complete: boolean): string[] {
  const plain = markdown
    .replace(/^[ \t]*```[\s\S]*?(?:^[ \t]*```[^\n]*$|$(?![\s\S]))/gm, '\nA block of code.\n')
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/^\s*(?:#{1,6}|>|[-*+])\s+/gm, '')
    .replace(/[*_`|]+/g, '')
  const sentences = [...SENTENCES.segment(plain)].map(({ segment }) => segment)
  return (complete ? sentences : sentences.slice(0, -1)).map((s) => s.trim()).filter(Boolean)
}

const SENTENCES = new Intl.Segmenter('en', { granularity: 'sentence' })
