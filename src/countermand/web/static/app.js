// What script adds; every page works without it. Menus take arrow keys and Escape, the cancel page shows live what
// comes back, quantity fields get buttons, the queue and the waiting page look again by themselves.
(() => {
  "use strict";
  const SUMMARY_WAIT_MS = 500;
  const menus = document.querySelectorAll("details.menu");

  for (const menu of menus) {
    const opener = menu.querySelector("summary");
    const links = () => [...menu.querySelectorAll("li a, li button")];
    opener.setAttribute("aria-haspopup", "true");
    menu.addEventListener("keydown", (event) => {
      const at = links().indexOf(document.activeElement);
      if (event.key === "Escape" && menu.open) {
        menu.open = false;
        opener.focus();
        event.stopPropagation();
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        menu.open = true;
        const all = links();
        const step = event.key === "ArrowDown" ? 1 : -1;
        const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length;
        all[next]?.focus();
      } else if ((event.key === "Home" || event.key === "End") && menu.open) {
        event.preventDefault();
        links().at(event.key === "Home" ? 0 : -1)?.focus();
      }
    });
  }
  document.addEventListener("click", (event) => {
    for (const menu of menus) if (menu.open && !menu.contains(event.target)) menu.open = false;
  });

  document.querySelector("[data-focus]")?.focus();
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // A second press of the same button sends nothing new: the form carries one key, so this only spares the wait.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) return void event.preventDefault();
      form.dataset.sent = "yes";
      setTimeout(() => delete form.dataset.sent, 8000);
    });
  }
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  for (const area of document.querySelectorAll("textarea[maxlength]")) {
    const says = document.getElementById(area.id + "-count");
    if (!says) continue;
    const tell = () => { says.textContent = `${area.maxLength - area.value.length} characters left`; };
    area.addEventListener("input", tell);
    if (area.value) tell();
  }

  const form = document.querySelector("form[data-preview]");
  if (form) live(form);

  function live(form) {
    const summary = form.querySelector("#summary");
    const all = form.querySelector("#all");
    const boxes = [...form.querySelectorAll("input[name=line]")];
    let timer = 0;
    let asked = 0;
    const spare = () => form.querySelector("[data-check]")?.setAttribute("hidden", "");
    spare();
    const refresh = async () => {
      const mine = ++asked;
      try {
        const answer = await fetch(form.dataset.preview, {
          method: "POST",
          headers: { Accept: "text/html", "X-Fragment": "summary" },
          body: new URLSearchParams(new FormData(form)),
        });
        if (!answer.ok || mine !== asked) return;
        summary.innerHTML = await answer.text();
        spare();
      } catch {
        form.querySelector("[data-check]")?.removeAttribute("hidden");
      }
    };
    const later = () => { clearTimeout(timer); timer = setTimeout(refresh, SUMMARY_WAIT_MS); };
    form.addEventListener("input", (event) => {
      const field = event.target;
      if (field === all) for (const box of boxes) box.checked = all.checked;
      if (field === all && all.checked) for (const box of boxes) most(box);
      if (field.matches(".qty input")) tick(field);
      if (all && field !== all) all.checked = boxes.every((box) => box.checked && isMost(box));
      if (field.name !== "comment") later();
    });
    const quantityOf = (box) => form.querySelector(`[id="q-${CSS.escape(box.value)}"]`);
    const most = (box) => {
      const field = quantityOf(box);
      if (field) field.value = field.max;
    };
    const isMost = (box) => {
      const field = quantityOf(box);
      return !field || field.value === field.max;
    };
    const tick = (field) => {
      const box = boxes.find((each) => "q-" + each.value === field.id);
      if (box && Number(field.value) > 0) box.checked = true;
    };
    for (const step of form.querySelectorAll(".qty button")) {
      step.hidden = false;
      step.addEventListener("click", () => {
        const field = step.parentElement.querySelector("input");
        const wanted = Number(field.value) + Number(step.dataset.step);
        field.value = Math.min(Number(field.max), Math.max(Number(field.min), wanted));
        field.dispatchEvent(new Event("input", { bubbles: true }));
      });
    }
  }

  // Looks again without moving the place where somebody is typing or choosing.
  const again = document.querySelector("[data-again]");
  if (again) {
    setInterval(() => {
      const busy = document.activeElement?.matches("input, textarea, select") || document.querySelector(".drop[open]");
      if (busy || document.hidden) return;
      if (again.dataset.next) window.location.replace(again.dataset.next);
      else window.location.reload();
    }, Number(again.dataset.again) * 1000);
  }
})();
