// Proof of work: a number that makes the hash of a challenge begin with zero bits. SHA-256
// (FIPS 180-4) in plain script: crypto.subtle is missing where a page is not https, and for
// texts as short as these it takes four times as long, since each hash is a promise.

import { button, h, pause } from "./dom.js"

const SLICE = 12
const START = []
const ROUND = []
const words = new Int32Array(64)

/** Solve a challenge, which may take some seconds: show that at the button, and allow cancelling. */
export async function labour(thread, work, send) {
  const stop = button(thread.t("cancel"), () => {
    line.remove()
    send.focus()
  })
  const line = h("p", { className: "muted" }, thread.t("checking"), " ", stop)
  send.parentNode.after(line)
  thread.announce(thread.t("checking"))
  const found = await solve(work, () => line.isConnected)
  line.remove()
  return found
}

// Return the nonce; null when cancelled. Runs in slices, so that the page stays responsive.
async function solve({ challenge, bits }, wanted) {
  let nonce = 0
  while (wanted()) {
    const until = performance.now() + SLICE
    while (performance.now() < until) {
      for (let i = 0; i < 64; i++, nonce++) {
        if (!(firstWord(`${challenge}.${nonce}`) >>> (32 - bits))) return { challenge, nonce: `${nonce}` }
      }
    }
    await pause()
  }
  return null
}

// The first 32 bits of the hash of a text that fits into one block: at most 55 letters.
function firstWord(text) {
  const { length } = text
  if (!ROUND.length) prepare()
  words.fill(0)
  for (let i = 0; i < length; i++) put(i, text.charCodeAt(i))
  put(length, 128)
  words[15] = length * 8
  let [a, b, c, d, e, f, g, h] = START
  for (let i = 0; i < 64; i++) {
    if (i > 15) {
      const x = words[i - 15]
      const y = words[i - 2]
      words[i] = words[i - 16] + words[i - 7] + (turn(x, 7) ^ turn(x, 18) ^ (x >>> 3)) + (turn(y, 17) ^ turn(y, 19) ^ (y >>> 10))
    }
    const first = (h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUND[i] + words[i]) | 0
    const second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + second) | 0
  }
  return START[0] + a
}

const put = (at, byte) => (words[at >> 2] |= byte << (24 - 8 * (at & 3)))
const turn = (word, by) => (word >>> by) | (word << (32 - by))

// The constants are the first bits of the square and cube roots of the first primes.
function prepare() {
  for (let n = 2; ROUND.length < 64; n++) {
    let divisor = 2
    while (n % divisor) divisor++
    if (divisor < n) continue
    START[START.length] = (n ** 0.5 * 2 ** 32) | 0
    ROUND[ROUND.length] = (n ** (1 / 3) * 2 ** 32) | 0
  }
}
