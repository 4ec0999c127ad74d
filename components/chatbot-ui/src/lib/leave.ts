/** Leaves the page for another address. */
export function leaveFor(url: string): void {
  window.location.assign(url)
}
