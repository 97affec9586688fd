// The titles of the moderator's sites, which people know better than the names in addresses.

const titles = JSON.parse(document.querySelector("[data-titles]")?.dataset.titles ?? "{}")

export const nameOf = (site) => titles[site] ?? site

/** Return a site's title to show beside a comment; empty with one site only. */
export const titleOf = (site) => (Object.keys(titles).length > 1 ? nameOf(site) : "")
