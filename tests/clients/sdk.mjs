// The official SDK, told an address and a key by the environment, and what scenarios share.
import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { SDK } from "@100mslive/server-sdk";

const { ADDRESS, ACCESS_KEY, SECRET } = process.env;

export const key = { accessKey: ACCESS_KEY, secret: SECRET };
export const NO_ID = "0123456789abcdef01234567";

let requests = 0;

export function connect(accessKey, secret) {
  const hms = new SDK(accessKey, secret);
  hms.setLogLevel("silent"); // else it writes to standard output
  Object.assign(hms.api.axios.defaults, { baseURL: ADDRESS, proxy: false });
  hms.api.axios.interceptors.request.use((request) => {
    requests += 1;
    return request;
  });
  return hms;
}

export const { rooms, sessions, activeRooms } = connect(key.accessKey, key.secret);

export const own = (name) => `${name}-${randomUUID()}`;

export const refusal = (call) =>
  call.then(
    (accepted) => ({ accepted }),
    ({ code, name, message }) => ({ code, name, message }),
  );

export async function all(filters, things = rooms) {
  const listed = [];
  for await (const thing of things.list(filters)) {
    listed.push(thing);
  }
  return listed;
}

export async function counted(call) {
  const before = requests;
  const saw = await call();
  return { saw, requests: requests - before };
}

// JSON has no dates: each is marked, to be told from a text.
function marked(name, value) {
  return this[name] instanceof Date ? { Date: value } : value;
}

// Goes through scenarios, one after the other, and prints as JSON what each of them saw.
export async function tell(scenarios) {
  const saw = {};
  for (const [title, scenario] of Object.entries(scenarios)) {
    saw[title] = await scenario().catch((thrown) => ({ thrown: inspect(thrown) }));
  }
  console.log(JSON.stringify(saw, marked));
}
