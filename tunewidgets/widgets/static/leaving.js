// Voilà gives each page a kernel of its own, and no page comes back to a kernel that it has left.
// Voilà's page asks for its kernel's end too, but the server refuses that where JupyterLab has set
// no token against forged requests, and a download would end it as well. So this asks once the page
// has really gone, with a token that is sent along with this request alone.
(() => {
  const installed = Symbol.for("tunewidgets.leaving");
  const config = document.getElementById("jupyter-config-data");
  if (window[installed] || !config) return;
  window[installed] = true;
  const { baseUrl, kernelId } = JSON.parse(config.textContent);
  if (!kernelId) return; // a notebook, whose kernel stays

  window.addEventListener("pagehide", ({ persisted }) => {
    if (persisted) return; // the browser may show the page again, as it was
    const url = new URL(`${baseUrl}voila/api/shutdown/${kernelId}`, location.href);
    let [, token] = document.cookie.match(/\b_xsrf=([^;]*)/) || [];
    if (!token) {
      token = [...crypto.getRandomValues(new Uint8Array(16))]
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join("");
      document.cookie = `_xsrf=${token}; path=${url.pathname}; max-age=60; SameSite=Strict`;
    }
    const form = new FormData();
    form.append("_xsrf", token);
    navigator.sendBeacon(url, form);
  });
})();
