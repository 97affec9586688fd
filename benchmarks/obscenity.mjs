// The Node package obscenity, asked as peers.py asks the others: node obscenity.mjs FOLDER,
// where FOLDER/node_modules has it.
import { readFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join, resolve } from "node:path"
import { createInterface } from "node:readline"

const require = createRequire(join(resolve(process.argv[2]), "package.json"))
const { RegExpMatcher, englishDataset, englishRecommendedTransformers } = require("obscenity")
const matcher = new RegExpMatcher({ ...englishDataset.build(), ...englishRecommendedTransformers })
const about = join(resolve(process.argv[2]), "node_modules", "obscenity", "package.json")
const { version } = JSON.parse(readFileSync(about, "utf8"))

console.log(JSON.stringify(version))
for await (const line of createInterface({ input: process.stdin })) {
  const text = JSON.parse(line)
  const begun = process.cpuUsage()
  const flagged = matcher.hasMatch(text)
  const spent = process.cpuUsage(begun)
  console.log(JSON.stringify([flagged, (spent.user + spent.system) / 1e6]))
}
