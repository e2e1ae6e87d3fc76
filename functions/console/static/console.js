/* Enhancements only: every page works without this file. */
(() => {
  "use strict";

  const day = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  const hour = { hour: "2-digit", minute: "2-digit" };
  const weekday = { weekday: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  const monthDay = { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  const forms = { hour, weekday };

  /* Of the reader's own today the hour is enough. */
  function formOf(time, moment) {
    if (time.dataset.form !== "short") return forms[time.dataset.form] || day;
    return moment.toDateString() === new Date().toDateString() ? hour : monthDay;
  }

  /* Times arrive in UTC; people get their own, and UTC when they point at one. */
  function localTimes(root) {
    for (const time of root.querySelectorAll("time[datetime]:not([data-local])")) {
      const moment = new Date(time.dateTime);
      if (Number.isNaN(moment.getTime())) continue;
      time.title = moment.toISOString().slice(0, 16).replace("T", " ") + " UTC";
      time.textContent = moment.toLocaleString(undefined, formOf(time, moment));
      time.dataset.local = "yes";
    }
  }

  localTimes(document);
  document.addEventListener("htmx:afterSettle", (event) => {
    localTimes(document);
    say("");
    /* Who turned a page by keyboard goes on at its beginning; who types stays in the field. */
    const asked = event.detail.requestConfig;
    if (asked && asked.elt.closest(".pager")) document.getElementById("results").focus({ preventScroll: true });
  });

  /* What could not be had leaves the page, and what was typed, as they are. */
  function say(text) {
    const line = document.getElementById("trouble");
    if (line && line.textContent !== text) line.textContent = text;
  }
  const still = "The list below is still the one from before. Press Show, or the link again, to try once more.";
  document.addEventListener("htmx:sendError", () => say(`The console cannot be reached: are you offline? ${still}`));
  document.addEventListener("htmx:timeout", () => say(`The console took too long to answer. ${still}`));
  document.addEventListener("htmx:responseError", (event) => {
    const { status } = event.detail.xhr;
    /* A session that has ended answers 401: the page itself says how to get a new one. */
    if (status === 401) window.location.assign(event.detail.pathInfo.finalRequestPath);
    else say(`The console could not make the list (${status}). ${still}`);
  });
})();
