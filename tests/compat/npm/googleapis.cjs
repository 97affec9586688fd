// The recipe of Google's guide for Node, with another discovery URL.
const { google } = require("googleapis")

const { BASE, PERSPECTIVE_KEY } = process.env

async function main() {
  const client = await google.discoverAPI(`${BASE}/$discovery/rest?version=v1alpha1`)
  const analyze = (key, text) =>
    new Promise((resolve) =>
      client.comments.analyze(
        { key, resource: { comment: { text }, requestedAttributes: { TOXICITY: {} } } },
        (error, response) =>
          resolve(
            error
              ? { status: error.status, message: error.message, details: error.response.data.error.details }
              : response.data,
          ),
      ),
    )
  const suggested = await client.comments.suggestscore({
    key: PERSPECTIVE_KEY,
    resource: {
      comment: { text: "A remark on the roof." },
      attributeScores: { TOXICITY: { summaryScore: { value: 1 } } },
      clientToken: "comment:1",
    },
  })
  console.log(
    JSON.stringify({
      analyzed: await analyze(PERSPECTIVE_KEY, "Jiminy cricket! you idiot"),
      refused: await analyze(PERSPECTIVE_KEY, ""),
      wrong: await analyze("wrong", "fine"),
      suggested: suggested.data,
    }),
  )
}
main()
