(() => {
  "use strict";
  const day = { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" };
  for (const time of document.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    time.title = moment.toISOString().slice(0, 19).replace("T", " ") + " UTC";
    time.textContent = moment.toLocaleString(undefined, day);
  }
  const left = document.getElementById("left");
  const until = document.getElementById("until");
  if (!left || !until) return;
  const count = () => {
    const seconds = Math.max(0, Math.floor((new Date(until.dateTime) - new Date()) / 1000));
    const hours = Math.floor(seconds / 3600), minutes = Math.floor(seconds / 60) % 60;
    const words = hours ? `${hours} h ${minutes} min` : minutes ? `${minutes} min ${seconds % 60} s` : `${seconds} s`;
    left.textContent = seconds ? `${words} left` : "it has expired: nothing will be done";
  };
  count();
  setInterval(count, 1000);
})();
