// akismet-api puts the key before the host. No name server knows KEY.localhost, so its look-up is
// answered here.
const dns = require("node:dns")
const { AkismetClient } = require("akismet-api")

const { BASE, AKISMET_KEY } = process.env
const lookup = dns.lookup
dns.lookup = (name, ...rest) => lookup(name.endsWith("localhost") ? "127.0.0.1" : name, ...rest)

const client = (key) =>
  new AkismetClient({
    key,
    blog: "https://blog.example",
    protocol: "http",
    host: `localhost:${new URL(BASE).port}`,
  })
const comment = {
  ip: "203.0.113.9",
  useragent: "Mozilla/5.0",
  referrer: "https://blog.example/roof",
  content: "The roof \u00e9 leaks & = + \u{1F600}",
  email: "ada@reader.example",
  name: "Ada",
  date: "2026-11-29T12:00:00Z",
  role: "user",
  honeypot: "",
}

async function main() {
  const known = client(AKISMET_KEY)
  const wrong = client("wrong0000000")
  console.log(
    JSON.stringify({
      verified: await known.verifyKey(),
      ham: await known.checkSpam(comment),
      spam: await known.checkSpam({ ...comment, name: "viagra-test-123" }),
      submitted: [
        (await known.submitSpam(comment)).text,
        (await known.submitHam(comment)).text,
      ],
      refused: await wrong.verifyKey(),
      thrown: await wrong.checkSpam(comment).catch((error) => error.message),
    }),
  )
}
main()
