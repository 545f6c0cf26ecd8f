// What a backend and its clients do with codes of rooms and with tokens.
import { ADDRESS, NO_ID, api, auth, counted, each, own, refusal, roomCodes, rooms, tell } from "./sdk.mjs";

const UNKNOWN = "aaa-aaaa-aaa";
const template = await api.post("/templates", { name: own("webinar"), roles: { host: {}, guest: {} } });
const room = await rooms.create({ name: own("Stage"), template_id: template.id });
const { code } = await roomCodes.createForRole(room.id, "guest");

async function answer(response) {
  const { status, headers } = response;
  return { status, origins: headers.get("access-control-allow-origin"), body: await response.json() };
}

// As the web client does: a text, with no credential.
const exchanged = async (members) =>
  answer(
    await fetch(`${ADDRESS}/token`, {
      method: "POST",
      headers: { Origin: "https://app.example" },
      body: JSON.stringify(members),
    }),
  );

const shown = async (token, path, members) =>
  answer(
    await fetch(ADDRESS + path, {
      method: members ? "POST" : "GET",
      headers: { Authorization: `Bearer ${token}` },
      body: members && JSON.stringify(members),
    }),
  );

await tell({
  async create() {
    const { id } = await rooms.create({ name: own("Lobby"), template_id: template.id });
    const created = await roomCodes.create(id);
    return { id, created, again: await roomCodes.create(id), another: await roomCodes.createForRole(id, "host") };
  },

  async list() {
    const { id } = await rooms.create({ name: own("Hall"), template_id: template.id });
    const created = [];
    for (let number = 0; number < 21; number += 1) {
      created.push(await roomCodes.createForRole(id, number % 3 ? "guest" : "host"));
    }
    const disabled = await roomCodes.enableOrDisable(created[1].code, false);
    return {
      created,
      disabled,
      everyCode: await counted(() => each(roomCodes.list(id))),
      byHundreds: await counted(() => each(roomCodes.list(id, { limit: 100 }))),
      hosts: await each(roomCodes.list(id, { role: "host" })),
      disabledGuests: await each(roomCodes.list(id, { role: "guest", enabled: false })),
    };
  },

  async enableOrDisable() {
    const disabled = await roomCodes.enableOrDisable(code, false);
    const meanwhile = await exchanged({ code });
    return { disabled, meanwhile, enabled: await roomCodes.enableOrDisable(code, true) };
  },

  async refusals() {
    const closed = await rooms.create({ name: own("Closed"), enabled: false });
    return {
      unknownRoom: await refusal(roomCodes.create(NO_ID)),
      unknownRoomOfRole: await refusal(roomCodes.createForRole(NO_ID, "host")),
      unknownRole: await refusal(roomCodes.createForRole(room.id, "speaker")),
      unknownCode: await refusal(roomCodes.enableOrDisable(UNKNOWN, true)),
      noBoolean: await refusal(roomCodes.enableOrDisable(code, "yes")),
      listOfUnknownRoom: await refusal(each(roomCodes.list(NO_ID))),
      listOfUnknownRole: await refusal(each(roomCodes.list(room.id, { role: "speaker" }))),
      limit: await refusal(each(roomCodes.list(room.id, { limit: 101 }))),
      disabledRoom: await counted(() => refusal(roomCodes.create(closed.id))),
    };
  },

  async roleGone() {
    const settings = { region: "eu" };
    const before = await api.post("/templates", { name: own("panel"), roles: { host: {}, speaker: {} }, settings });
    const { id } = await rooms.create({ name: own("Panel"), template_id: before.id });
    const [, speaker] = await roomCodes.create(id);
    const after = await api.post(`/templates/${before.id}`, { roles: { host: {} }, settings });
    return {
      before,
      after,
      retrieved: await api.get(`/templates/${before.id}`),
      listed: await api.get("/templates", { name: before.name, id: [before.id] }),
      exchanged: await exchanged(speaker),
      left: await roomCodes.create(id),
      enable: await refusal(roomCodes.enableOrDisable(speaker.code, true)),
    };
  },

  async exchange() {
    const ofAda = await exchanged({ code, user_id: "ada" });
    const { token } = ofAda.body;
    return {
      room: room.id,
      ofAda,
      ofSomebody: await exchanged({ code }),
      unknown: await exchanged({ code: UNKNOWN }),
      nothing: await exchanged({}),
      asManagement: await shown(token, `/rooms/${room.id}`),
      asWhatItIs: await shown(token, "/sip/dtmf", { digits: ["1"] }),
    };
  },

  async tokens() {
    const { token } = await auth.getManagementToken();
    const kept = await auth.getManagementToken();
    const wanted = await auth.getManagementToken({ forceNew: true, issuedAt: 1000000000, validForSeconds: 3e9 });
    const ofAda = await auth.getAuthToken({ roomId: room.id, role: "host", userId: "ada" });
    const ofSomebody = await auth.getAuthToken({ roomId: room.id, role: "guest", validForSeconds: 60 });
    const ofNoRoom = await auth.getAuthToken({ roomId: NO_ID, role: "guest" });
    return {
      room,
      management: [token, kept.token, wanted.token],
      app: [ofAda.token, ofSomebody.token],
      accepted: await shown(token, `/rooms/${room.id}`),
      acceptedAsWanted: await shown(wanted.token, `/rooms/${room.id}`),
      asManagement: await shown(ofAda.token, `/rooms/${room.id}`),
      asWhatItIs: await shown(ofAda.token, "/sip/dtmf", { digits: ["1"] }),
      asClient: await shown(token, "/sip/dtmf", { digits: ["1"] }),
      ofNoRoom: await shown(ofNoRoom.token, "/sip/dtmf", { digits: ["1"] }),
    };
  },
});
