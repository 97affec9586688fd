// Identifies the page: the post's id and its public address.

/**
 * The canonical link comes from the site, with its query. The address bar is the reader's:
 * without a canonical link only its path counts.
 */
export function pageOf() {
  let url = new URL(location)
  url.search = ""
  try {
    url = new URL(document.querySelector('link[rel~=canonical i]:not([href=""])').href)
  } catch {
    // Missing or not a valid address.
  }
  url.hash = ""
  const path = url.pathname + url.search
  const page = { post: path, path: url.pathname, url: url.href }
  try {
    // `%25` is kept, so that nothing is decoded twice.
    page.post = decodeURI(path.replace(/%25/g, "%2525")).normalize()
  } catch {
    // Not in UTF-8: kept as it is.
  }
  return page
}
