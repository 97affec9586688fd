const main = document.getElementById("docs")
window.SwaggerUIBundle({
  url: main.dataset.document,
  domNode: main,
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
})
