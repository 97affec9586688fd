// perspective-api-client has its address as a constant: an interceptor of its axios replaces it.
const axios = require("axios")
const Perspective = require("perspective-api-client")

const { BASE, PERSPECTIVE_KEY } = process.env
axios.interceptors.request.use((request) => ({
  ...request,
  url: request.url.replace("https://commentanalyzer.googleapis.com", BASE),
}))

async function main() {
  const client = new Perspective({ apiKey: PERSPECTIVE_KEY })
  const analyzed = await client.analyze("<b>you stupid idiot</b> \u00e9 \u{1F600}", {
    attributes: ["toxicity", "insult"],
  })
  const refused = await client.analyze("", { validate: false }).catch((error) => error)
  const wrong = await new Perspective({ apiKey: "wrong" }).analyze("fine").catch((error) => error)
  console.log(
    JSON.stringify({
      analyzed,
      refused: { name: refused.name, message: refused.message },
      wrong: { name: wrong.name, status: wrong.response.status },
    }),
  )
}
main()
