const { OpenAI } = require("openai")

const { BASE, OPENAI_KEY } = process.env
const client = (apiKey) => new OpenAI({ apiKey, baseURL: `${BASE}/v1`, maxRetries: 0 })

async function main() {
  const judged = await client(OPENAI_KEY).moderations.create({
    model: "omni-moderation-latest",
    input: ["you idiot", "A kind remark."],
  })
  const wrong = await client("wrong")
    .moderations.create({ input: "fine" })
    .catch((error) => error)
  console.log(
    JSON.stringify({
      judged,
      wrong: { name: wrong.constructor.name, status: wrong.status, code: wrong.code },
    }),
  )
}
main()
