import { Slot } from '@radix-ui/react-slot'
import { cva, type VariantProps } from 'class-variance-authority'
import type { ComponentProps } from 'react'
import { cn } from '@/lib/cn'

const variants = cva(
  [
    'inline-flex shrink-0 cursor-pointer items-center justify-center gap-2 font-medium whitespace-nowrap select-none',
    'transition-[color,background-color,border-color,opacity,scale] duration-150 active:scale-[0.97]',
    'disabled:pointer-events-none disabled:opacity-40',
    '[&_svg]:shrink-0',
  ],
  {
    variants: {
      variant: {
        primary:
          'bg-primary text-primary-foreground hover:bg-primary/90 disabled:bg-accent disabled:text-muted-foreground disabled:opacity-100',
        outline: 'border border-border bg-card shadow-xs hover:bg-accent',
        ghost: 'text-muted-foreground hover:bg-accent hover:text-foreground',
      },
      size: {
        default: 'h-9 rounded-lg px-3 text-sm pointer-coarse:h-11 [&_svg]:size-4',
        small:
          'h-8 min-w-8 rounded-md px-2 text-xs pointer-coarse:h-10 pointer-coarse:min-w-10 [&_svg]:size-3.5',
        icon: 'size-9 rounded-full pointer-coarse:size-11 [&_svg]:size-4.5',
      },
    },
    defaultVariants: { variant: 'primary', size: 'default' },
  },
)

interface ButtonProps extends ComponentProps<'button'>, VariantProps<typeof variants> {
  /** Lends the looks to the only child instead of drawing a button. */
  asChild?: boolean
}

export function Button({ variant, size, asChild, className, ...props }: ButtonProps) {
  const Element = asChild ? Slot : 'button'
  return <Element type="button" className={cn(variants({ variant, size }), className)} {...props} />
}
