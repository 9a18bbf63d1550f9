// What every question about a page needs. It runs in the page, also where the page runs no scripts of its own.
const [LOGIN, LOGOUT] = arguments;
const seen = element => element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  && [...element.getClientRects()].some(box => box.width > 1 && box.height > 1);
const words = element => [
  element.innerText, element.value, element.title, element.getAttribute('aria-label'),
  ...[...element.querySelectorAll('img[alt]')].map(image => image.alt), element.alt,
].filter(text => typeof text === 'string').join(' ').trim();
const atDigid = element => /(^|\.)digid\.nl$/i.test(element.hostname || '');
const controls = () => [...document.querySelectorAll(
  'a[href], button, input[type=submit], input[type=image], [role=button]')].filter(seen);
const chosen = selector => [...document.querySelectorAll(selector)].find(seen) || null;
const IN = /inlog|log ?in|login|aanmeld|sign ?in/i;
const OUT = /uitlog|afmeld|log ?out|sign ?out/i;
const loginControl = () => {
  if (LOGIN) return chosen(LOGIN);
  const found = controls().filter(element => !atDigid(element) && !OUT.test(words(element)));
  return found.find(element => /digid/i.test(words(element)) && IN.test(words(element)))
    || found.find(element => IN.test(words(element)))
    || null;
};
const logoutControl = () => LOGOUT ? chosen(LOGOUT) : controls().find(element => OUT.test(words(element))) || null;
