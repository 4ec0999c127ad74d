import { ChevronDown } from 'lucide-react'
import { Button } from '@/components/ui/button'
import {
  DropdownMenu,
  DropdownMenuContent,
  DropdownMenuRadioGroup,
  DropdownMenuRadioItem,
  DropdownMenuTrigger,
} from '@/components/ui/dropdown-menu'
import type { ModelsState } from '@/chat/useModels'

interface ModelPickerProps {
  models: ModelsState
  chosen: string | undefined
  onChoose: (model: string) => void
}

/** Which model answers: a choice where there is one, else its name. */
export function ModelPicker({ models, chosen, onChoose }: ModelPickerProps) {
  if (models.state === 'loading') return null
  if (models.state === 'unavailable') {
    return (
      <p role="status" className="flex items-center gap-2 truncate text-sm text-muted-foreground">
        <span aria-hidden className="size-2 animate-breathe rounded-full bg-destructive" />
        Connecting…
      </p>
    )
  }
  if (models.names.length === 1) {
    return (
      <p className="truncate text-sm text-muted-foreground">
        <span className="sr-only">Model: </span>
        {chosen}
      </p>
    )
  }
  return (
    <DropdownMenu>
      <DropdownMenuTrigger asChild>
        <Button
          variant="ghost"
          aria-label={`Model: ${chosen ?? ''}`}
          className="min-w-0 shrink px-2"
        >
          <span className="truncate">{chosen}</span>
          <ChevronDown aria-hidden className="size-3.5! opacity-70" />
        </Button>
      </DropdownMenuTrigger>
      <DropdownMenuContent align="start">
        <DropdownMenuRadioGroup {...(chosen && { value: chosen })} onValueChange={onChoose}>
          {models.names.map((name) => (
            <DropdownMenuRadioItem key={name} value={name}>
              {name}
            </DropdownMenuRadioItem>
          ))}
        </DropdownMenuRadioGroup>
      </DropdownMenuContent>
    </DropdownMenu>
  )
}
