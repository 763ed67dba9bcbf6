"use strict";

// A file of its own, because the page's policy lets no script in the page itself run.
SwaggerUIBundle({
  url: "/openapi.json",
  domNode: document.getElementById("contract"),
  // The viewer would otherwise show a badge drawn by an outside host.
  validatorUrl: null,
  deepLinking: true,
  displayOperationId: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
});
