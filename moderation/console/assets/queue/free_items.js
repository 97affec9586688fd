// Which comments are free: colleagues never get the same one.

export const isTaken = ({ claim }) => Boolean(claim && !claim.mine && Date.parse(claim.expires_at) > Date.now())

/** Return the index of the first free item from a place on, else the nearest before it, else of a skipped one; -1 for none. */
export function landing(items, from, isSkipped) {
  const order = [...items.slice(from), ...items.slice(0, from).reverse()]
  const free = order.find((item) => !isTaken(item) && !isSkipped(item)) ?? order.find((item) => !isTaken(item))
  return free ? items.indexOf(free) : -1
}
