// The description lies beside the page, whose address may end with a slash or not: this script's never does.
SwaggerUIBundle({
  dom_id: "#page",
  url: new URL("../openapi.json", document.currentScript.src).href,
  deepLinking: true,
  docExpansion: "list",
  tryItOutEnabled: true,
  validatorUrl: null, // nothing is sent to anybody else
});
