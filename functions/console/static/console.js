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
  document.addEventListener("htmx:afterSettle", () => localTimes(document));
  /* A session that has ended answers 401: the page itself says how to get a new one. */
  document.addEventListener("htmx:responseError", () => window.location.reload());
})();
