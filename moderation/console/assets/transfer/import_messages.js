// Texts of the page Import.

const number = new Intl.NumberFormat()
const share = new Intl.NumberFormat(undefined, { style: "percent" })

/** Return a size in the unit that people would choose. */
function bytes(n) {
  const [unit, factor] = n >= 1e9 ? ["gigabyte", 1e9] : n >= 1e6 ? ["megabyte", 1e6] : n >= 1e3 ? ["kilobyte", 1e3] : ["byte", 1]
  return new Intl.NumberFormat(undefined, { style: "unit", unit, maximumFractionDigits: 1 }).format(n / factor)
}

function time(seconds) {
  const [unit, length] = seconds >= 5400 ? ["hour", 3600] : seconds >= 90 ? ["minute", 60] : ["second", 1]
  return new Intl.NumberFormat(undefined, { style: "unit", unit, unitDisplay: "long" }).format(Math.ceil(seconds / length))
}

const comments = (n) => (n === 1 ? "1 comment" : `${number.format(n)} comments`)

export const words = {
  number: (n) => number.format(n),
  again: "Try again",

  file: "File",
  fileLabel: "The export of the other system",
  fileHint: (most) => `Disqus, WordPress, Isso, Remark42, Commento, Comentario, Cusdis, Waline, Artalk, Twikoo, Valine, or an export of this service; also compressed with gzip or as a ZIP archive. Up to ${bytes(most)}.`,
  upload: "Upload",
  choose: "Choose a file first.",
  empty: "This file is empty. Export it again.",
  tooLarge: (size, most) => `This file has ${bytes(size)}, and ${bytes(most)} are allowed. Compress it with gzip, or ask the operator to import it.`,
  uploading: (name) => `Uploading ${name}`,
  uploaded: (done, size) => `${bytes(done)} of ${bytes(size)} (${share.format(size ? done / size : 1)})`,
  uploadedAll: "The file was uploaded.",
  cancelUpload: "Cancel the upload",
  uploadCancelled: "The upload was cancelled.",
  interrupted: (done, size) => `An upload was interrupted after ${bytes(done)} of ${bytes(size)}, or is running in another window. Discard it to begin again.`,
  lost: "The connection was lost, and the upload was cancelled. Upload the file again.",
  stored: (size) => `${bytes(size)} uploaded. The file is removed after the import, or after a day.`,
  discard: "Discard the file",
  discardTitle: "Discard the file?",
  discardText: "The uploaded file is removed. Comments that were imported from it stay.",
  discardYes: "Discard",
  discarded: "The file was discarded.",

  options: "Options",
  optionsAgain: "Change the options",
  format: "Format",
  formats: { auto: "Recognise it", disqus: "Disqus", wordpress: "WordPress", isso: "Isso", remark42: "Remark42", commento: "Commento", comentario: "Comentario", cusdis: "Cusdis", waline: "Waline", artalk: "Artalk", twikoo: "Twikoo", valine: "Valine", jsonl: "This service" },
  status: "What was approved there",
  statuses: { keep: "Publish it", hold: "Let the filters hold what they doubt" },
  timezone: "Time zone of dates without one",
  timezoneHint: "A name such as Europe/Berlin, or +08:00. Empty: UTC.",
  hosts: "Only pages of these hosts",
  hostsHint: "One per line, such as blog.example. Empty: all hosts.",
  map: "New addresses of pages",
  mapHint: "One rule per line: the old address, a space or a comma, the new one. Both may end with * for everything below; re: begins a regular expression, and a new address of - leaves the page out.",
  mapExample: "https://old.example/blog/* https://new.example/*",
  check: "Start the dry run",
  checkAgain: "Run the dry run again",
  checkHint: "The dry run reads the whole file and shows what an import would make. It stores nothing.",

  checking: "Dry run",
  importing: "Import",
  waiting: "Waiting for the worker …",
  waitingLong: "No worker has begun for a while. Ask the operator whether moderation worker is running.",
  reading: (done, total) => `${bytes(done)} of ${bytes(total)} read`,
  ordering: "Putting the comments in order …",
  storing: (done, total) => `${number.format(done)} of ${comments(total)} stored`,
  rate: (rate, rest) => `${number.format(Math.round(rate))} per second, about ${time(rest)} left`,
  finishing: "Finishing …",
  leave: "You can leave this page: the import goes on.",
  cancel: "Cancel",
  cancelled: "The dry run was cancelled.",
  stopped: (n) => `The import was stopped after ${comments(n)}. They stay. It can go on where it stopped.`,
  goOn: "Go on with the import",

  found: "What the dry run found",
  recognised: (name) => `Recognised as ${name}.`,
  recognisedPacked: (name, packing) => `Recognised as ${name}, compressed with ${packing}.`,
  total: "Comments",
  pages: "Pages",
  made: "New comments",
  known: "Imported before",
  bans: "Bans",
  status_: { approved: "Approved", held: "Waiting", rejected: "Rejected", spam: "Spam", deleted: "Deleted places" },
  byStatus: "By status",
  byHost: "By host",
  host: "Host",
  noHost: "Paths without a host",
  largest: "The largest pages",
  page: "Page",
  count: "Comments",
  entries: "Entries",
  leftOut: "Left out or moved",
  why: { refused: "Refused", skipped: "Left out", orphan: "Without its thread or parent" },
  kind: "What",
  reason: "Reason",
  refused: "Refused entries",
  refusedFirst: (shown, all) => `The first ${number.format(shown)} of ${number.format(all)}; the report has all of them.`,
  place: "Place in the file",
  duplicates: (n) => (n === 1 ? "1 entry is in the file twice and counts once." : `${number.format(n)} entries are in the file twice and count once.`),
  undated: (n) => (n === 1 ? "1 date has no time zone. Name it in the options if it is not UTC." : `${number.format(n)} dates have no time zone. Name it in the options if it is not UTC.`),
  nothing: "There is no comment to import in this file.",
  allKnown: "Every comment of this file was imported before. Importing it again adds nothing.",
  lines: "Lines by kind",
  restored: { restored: "The settings of the site are restored from the file.", kept: "The site has posts and settings of its own, so its settings are kept.", same: "The site has the settings of the file already." },
  newIds: "Another site of this service has ids of the file, so every id is replaced.",
  start: (n) => `Import ${comments(n)} now`,
  report: "Download the report",

  failed: "The file was not imported",
  failedLater: "The import stopped",
  done: "Imported",
  doneText: (n) => (n === 0 ? "Nothing was new in this file." : n === 1 ? "1 comment was added." : `${number.format(n)} comments were added.`),
  added: "Added",
  changed: "Changed",
  unchanged: "Unchanged",
  kept: "Left as changed here",
  posts: "New pages",
  judging: "The filters judge the imported comments for the record. What was decided there stands.",
  another: "Import another file",
  startedBy: (who) => `Started by ${who}`,
}
