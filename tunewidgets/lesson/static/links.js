(() => {
  if (!location.pathname.includes("/voila/")) return;  // JupyterLab opens the files themselves
  // Voilà has every link open a page of its own; from lab to lab one page is enough.
  for (const link of document.querySelectorAll(".tw-gallery a, .tw-way a"))
    link.onclick = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      location.assign(link.href);
    };
})();
