// Replaces each static picture by the same figure with tooltips and legends that select.
(async () => {
  for (const card of document.querySelectorAll(".card[data-chart]")) {
    const picture = card.querySelector("img");
    const live = document.createElement("div");
    live.setAttribute("role", "img");
    live.setAttribute("aria-label", picture.alt);
    live.hidden = true;
    card.append(live);
    try {
      const chart = JSON.parse(document.getElementById(card.dataset.chart).textContent);
      await vegaEmbed(live, chart, { mode: "vega-lite", renderer: "svg", actions: false });
      live.querySelector("svg").setAttribute("aria-hidden", "true"); // its parent has the description
      live.hidden = false;
      card.classList.add("drawn");
    } catch (error) {
      live.remove(); // the picture stays
    }
  }
  document.documentElement.dataset.figures = "drawn";
})();
