// Errors for the page's developer, in the browser's console; readers see one short sentence.

/** Log page, site and post, and why the comments do not load. */
export function advise({ status, problem, message }, { base, site, post }) {
  const reason = status === 0 ? `no answer from ${base}` : (problem?.detail ?? message)
  console.error(`comments: site "${site}", post "${post}", ${location.origin}: ${reason}`)
}
