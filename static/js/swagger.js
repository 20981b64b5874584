// Starts Swagger UI from data attributes and follows the page's theme.
(() => {
  "use strict";

  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const dark = root.dataset.theme === "dark" || (root.dataset.theme === "system" && prefersDark.matches);
  root.classList.toggle("dark-mode", dark);

  const place = document.getElementById("reference");
  SwaggerUIBundle({
    domNode: place,
    url: place.dataset.specUrl,
    deepLinking: true,
    displayRequestDuration: true,
    docExpansion: "list",
    persistAuthorization: false,
    validatorUrl: null,
  });
})();
