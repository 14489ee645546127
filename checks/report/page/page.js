"use strict";
(() => {
  const form = document.getElementById("filter");
  const files = form ? [...document.querySelectorAll("#findings > details")].map((file) => ({
    file,
    items: [...file.querySelectorAll("li")].map((item) => ({ item, said: "" })),
    path: file.querySelector("code").textContent.toLowerCase(),
    opened: file.open,
  })) : [];

  function narrow() {
    const { text, tool, severity, count } = form.elements;
    const wanted = text.value.trim().toLowerCase();
    const narrowed = Boolean(wanted || tool.value || severity.value);
    let shown = 0;
    let all = 0;
    for (const entry of files) {
      let here = 0;
      for (const one of entry.items) {
        const { tool: by, severity: level } = one.item.dataset;
        let meant = (!tool.value || by === tool.value) && (!severity.value || level === severity.value);
        if (meant && wanted) {
          one.said = one.said || one.item.textContent.toLowerCase();
          meant = one.said.includes(wanted) || entry.path.includes(wanted);
        }
        if (one.item.hidden === meant) {
          one.item.hidden = !meant;
        }
        here += meant ? 1 : 0;
      }
      entry.file.hidden = here === 0;
      entry.file.open = narrowed ? here > 0 && here <= 200 : entry.opened;
      shown += here;
      all += entry.items.length;
    }
    count.value = narrowed ? `${shown} of ${all} findings` : `${all} findings`;
  }

  if (form) {
    let waiting = 0;
    const later = () => {
      clearTimeout(waiting);
      waiting = setTimeout(narrow, 120);
    };
    form.hidden = false;
    form.addEventListener("input", later);
    form.addEventListener("submit", (event) => event.preventDefault());
    const fold = (open) => () => files.forEach(({ file }) => { file.open = open && !file.hidden; });
    form.querySelector("[data-unfold]").addEventListener("click", fold(true));
    form.querySelector("[data-fold]").addEventListener("click", fold(false));
  }

  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    folded.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => folded.forEach((one) => { one.open = false; }));
})();
