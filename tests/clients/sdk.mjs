// The official SDK, told an address and a key by the environment, and what scenarios share.
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { SDK } from "@100mslive/server-sdk";

export const { ADDRESS, ACCESS_KEY, SECRET } = process.env;

export const key = { accessKey: ACCESS_KEY, secret: SECRET };
export const NO_ID = "0123456789abcdef01234567";

let requests = 0;
const methods = new Set();
const called = new Set();

function methodsOf(prototype) {
  const own = Object.getOwnPropertyNames(prototype).filter((member) => member !== "constructor");
  const parent = Object.getPrototypeOf(prototype);
  return parent === Object.prototype ? own : [...own, ...methodsOf(parent)];
}

// Notes what methods this has and which of them scripts call; not which ones the SDK itself calls.
function watched(name, service) {
  const own = methodsOf(Object.getPrototypeOf(service));
  own.forEach((method) => methods.add(`${name}.${method}`));
  const noted = (method) => (...told) => {
    called.add(`${name}.${method}`);
    return service[method](...told);
  };
  return new Proxy(service, { get: (_, member) => (own.includes(member) ? noted(member) : service[member]) });
}

export function connect(accessKey, secret) {
  const hms = watched("SDK", new SDK(accessKey, secret));
  hms.setLogLevel("silent"); // else it writes to standard output
  Object.assign(hms.api.axios.defaults, { baseURL: ADDRESS, proxy: false });
  hms.api.axios.interceptors.request.use((request) => {
    requests += 1;
    return request;
  });
  return Object.fromEntries(Object.entries(hms).map(([name, service]) => [name, watched(name, service)]));
}

export const {
  activeRooms,
  analytics,
  api,
  auth,
  externalStreams,
  liveStreams,
  recordingAssets,
  recordings,
  roomCodes,
  rooms,
  sessions,
} = connect(key.accessKey, key.secret);

export const own = (name) => `${name}-${randomUUID()}`;

export const refusal = (call) =>
  call.then(
    (accepted) => ({ accepted }),
    ({ code, name, message }) => ({ code, name, message }),
  );

export async function each(iterator) {
  const listed = [];
  for await (const thing of iterator) {
    listed.push(thing);
  }
  return listed;
}

export const all = (filters, things = rooms) => each(things.list(filters));

export async function counted(call) {
  const before = requests;
  const saw = await call();
  return { saw, requests: requests - before };
}

// JSON has no dates: each is marked, to be told from a text.
function marked(name, value) {
  return this[name] instanceof Date ? { Date: value } : value;
}

// Goes through scenarios, one after the other, and prints as JSON what each of them saw, and what was called for it.
export async function tell(scenarios) {
  const saw = {};
  for (const [title, scenario] of Object.entries(scenarios)) {
    saw[title] = await scenario().catch((thrown) => ({ thrown: inspect(thrown) }));
  }
  console.log(JSON.stringify({ saw, methods: [...methods], called: [...called] }, marked));
}
