(() => {
  for (const root of document.querySelectorAll(".tw-gallery")) {
    const served = location.pathname.includes("/voila/");
    const show = (lang) => {
      root.dataset.lang = lang;
      for (const button of root.querySelectorAll("[data-to]"))
        button.setAttribute("aria-pressed", String(button.dataset.to === lang));
      if (served)  // JupyterLab opens the files themselves
        for (const card of root.querySelectorAll("[data-file]"))
          card.href = card.dataset.file + "?lang=" + lang;
    };
    for (const button of root.querySelectorAll("[data-to]"))
      button.onclick = () => show(button.dataset.to);
    const asked = new URLSearchParams(location.search).get("lang");
    const wishes = [asked, ...(navigator.languages || [])].filter(Boolean);
    const known = wishes.map((wish) => wish.slice(0, 2).toLowerCase());
    show(known.find((lang) => lang === "ko" || lang === "en") || "en");
  }
})();
