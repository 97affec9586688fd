// Which comments are free: colleagues never get the same one.

export const isTaken = ({ claim }) => Boolean(claim && !claim.mine && Date.parse(claim.expires_at) > Date.now())

/** Return the first free item of an order; a skipped one only when there is no other. */
export function firstFree(order, isSkipped) {
  return order.find((item) => !isTaken(item) && !isSkipped(item)) ?? order.find((item) => !isTaken(item)) ?? null
}

/** Return the comments to go to from one of the rows: those that follow, then those before it. */
export function around(rows, current) {
  const order = rows.map(({ item }) => item)
  const at = order.indexOf(current)
  return [...order.slice(at + 1), ...order.slice(0, Math.max(0, at)).reverse()]
}
