// Starts ReDoc from data attributes.
(() => {
  "use strict";

  const place = document.getElementById("reference");
  Redoc.init(place.dataset.specUrl, { hideDownloadButton: false, nativeScrollbars: true }, place);
})();
