import * as Menu from '@radix-ui/react-dropdown-menu'
import { Check } from 'lucide-react'
import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

/**
 * Never modal: a modal layer writes a <style> element to lock the page's scrolling, which the content
 * security policy forbids.
 */
export function DropdownMenu(props: Omit<ComponentProps<typeof Menu.Root>, 'modal'>) {
  return <Menu.Root modal={false} {...props} />
}

const ITEM =
  'flex cursor-pointer items-center gap-2 rounded-lg py-2 text-sm wrap-anywhere outline-none select-none data-highlighted:bg-accent pointer-coarse:py-3'

export const DropdownMenuTrigger = Menu.Trigger
export const DropdownMenuRadioGroup = Menu.RadioGroup

export function DropdownMenuContent({
  className,
  sideOffset = 6,
  collisionPadding = 8,
  ...props
}: ComponentProps<typeof Menu.Content>) {
  return (
    <Menu.Portal>
      <Menu.Content
        sideOffset={sideOffset}
        collisionPadding={collisionPadding}
        className={cn(
          'z-50 max-h-(--radix-dropdown-menu-content-available-height) border-border bg-popover text-popover-foreground',
          'max-w-(--radix-dropdown-menu-content-available-width) min-w-48 origin-(--radix-dropdown-menu-content-transform-origin) overflow-y-auto rounded-xl border p-1 shadow-lg',
          'transition-[opacity,scale] duration-100 starting:scale-95 starting:opacity-0',
          className,
        )}
        {...props}
      />
    </Menu.Portal>
  )
}

export function DropdownMenuItem({ className, ...props }: ComponentProps<typeof Menu.Item>) {
  return <Menu.Item className={cn(ITEM, 'px-3 [&_svg]:size-4', className)} {...props} />
}

export function DropdownMenuLabel({ className, ...props }: ComponentProps<typeof Menu.Label>) {
  return <Menu.Label className={cn('px-3 py-2 text-sm wrap-anywhere', className)} {...props} />
}

export function DropdownMenuSeparator() {
  return <Menu.Separator className="my-1 h-px bg-border" />
}

export function DropdownMenuRadioItem({
  className,
  children,
  ...props
}: ComponentProps<typeof Menu.RadioItem>) {
  return (
    <Menu.RadioItem className={cn(ITEM, 'relative pr-3 pl-8', className)} {...props}>
      <span className="absolute left-2.5 flex">
        <Menu.ItemIndicator>
          <Check aria-hidden className="size-4" />
        </Menu.ItemIndicator>
      </span>
      {children}
    </Menu.RadioItem>
  )
}
