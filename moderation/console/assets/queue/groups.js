// Groups of nearly equal comments among those that are loaded.

/** Digits of the keys in which nearly equal texts may differ; the service's rule. */
const NEAR = 6
/** Smaller groups stay as separate rows. */
export const FEWEST = 4

const NONE = []

export class Groups {
  #groups = []
  #of = new Map()
  #open = new Set()

  /** Return the rows to show: each item, of a group the first with the others as `alike`, below it when open. */
  rows(items, { folds, focused }) {
    const members = new Map()
    for (const item of items) {
      const group = this.of(item)
      if (!group) continue
      if (members.has(group)) members.get(group).push(item)
      else members.set(group, [item])
    }
    const rows = []
    for (const item of items) {
      const group = this.of(item)
      const all = members.get(group) ?? [item]
      const alike = all.length > 1 ? all.filter((other) => other !== item) : NONE
      if (!folds || all.length < FEWEST) rows.push({ item, alike })
      else if (item === all[0]) {
        const open = this.#open.has(group)
        const shown = all.slice(1).filter((other) => open || other === focused)
        rows.push({ item, alike, group, open }, ...shown.map((other) => ({ item: other, alike: all.filter((each) => each !== other), within: true })))
      }
    }
    return rows
  }

  unfold(group) {
    if (!this.#open.delete(group)) this.#open.add(group)
  }

  /** Return the group of an item: an object that is the same for all its members. */
  of(item) {
    const { id, site } = item.comment
    const key = item.near_key
    if (!key) return null
    let group = this.#of.get(id)
    if (group?.key !== key) {
      group = this.#groups.find((other) => other.site === site && isNear(other.key, key)) ?? this.#begin(site, key)
      this.#of.set(id, group)
    }
    return group
  }

  #begin(site, key) {
    const group = { site, key }
    this.#groups.push(group)
    return group
  }
}

export function isNear(one, other) {
  let differing = 0
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at] && ++differing > NEAR) return false
  return true
}
