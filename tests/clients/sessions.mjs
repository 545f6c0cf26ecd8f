// What a backend sees of a room's sessions, and does with those who are in it: Ada, Ben and Cleo, in this order.
import { NO_ID, activeRooms, all, refusal, sessions, tell } from "./sdk.mjs";

const { ROOM } = process.env;
const NOBODY = "6f1f0b1c-2f43-4f0e-9d56-0a4d2f1f7c11";
const ids = (await activeRooms.retrieve(ROOM)).session.peers;
const [ada, ben, cleo] = ids;

// Each is called by itself: the answers of most are nothing.
async function after(call) {
  const answer = await call;
  return { answer: answer ?? null, left: Object.keys(await activeRooms.retrieveActivePeers(ROOM)) };
}

await tell({
  async retrieve() {
    const byRoom = await sessions.retrieveActiveByRoom(ROOM);
    return {
      activeRoom: await activeRooms.retrieve(ROOM),
      peers: await activeRooms.retrieveActivePeers(ROOM),
      each: await Promise.all(ids.map((id) => activeRooms.retrievePeerDetails(ROOM, id))),
      byRoom,
      byId: await sessions.retrieveById(byRoom.id),
    };
  },

  async list() {
    const room_id = ROOM;
    return {
      ofRoom: await all({ room_id }, sessions),
      active: await all({ room_id, active: true }, sessions),
      over: await all({ room_id, active: false }, sessions),
      byHundreds: await all({ room_id, limit: 100 }, sessions),
      ofNoRoom: await all({ room_id: NO_ID }, sessions),
    };
  },

  async update() {
    const before = await activeRooms.retrievePeerDetails(ROOM, ben);
    const changes = { name: "Benjamin", role: "host", metadata: '{"hand":true}' };
    const updated = await activeRooms.updatePeer(ROOM, ben, changes);
    return { before, changes, updated, now: await activeRooms.retrievePeerDetails(ROOM, ben) };
  },

  async sendMessage() {
    return {
      everybody: (await activeRooms.sendMessage(ROOM, { message: "To everybody" })) ?? null,
      hosts: (await activeRooms.sendMessage(ROOM, { message: "To hosts", role: "host", type: "note" })) ?? null,
      cleo: (await activeRooms.sendMessage(ROOM, { message: "To Cleo", peerId: cleo, role: "host" })) ?? null,
    };
  },

  async refusals() {
    return {
      message: await refusal(activeRooms.sendMessage(ROOM, { message: "" })),
      peer: await refusal(activeRooms.sendMessage(ROOM, { message: "x", peerId: NOBODY })),
      role: await refusal(activeRooms.updatePeer(ROOM, ben, { role: "speaker" })),
      nobody: await refusal(activeRooms.removePeer(ROOM, {})),
      unknownPeer: await refusal(activeRooms.retrievePeerDetails(ROOM, NOBODY)),
      unknownRoom: await refusal(activeRooms.retrieve(NO_ID)),
      unknownSession: await refusal(sessions.retrieveById(NO_ID)),
    };
  },

  removePeer: () => after(activeRooms.removePeer(ROOM, { peer_id: ada, reason: "Enough" })),

  removeRole: () => after(activeRooms.removePeer(ROOM, { role: "guest" })),

  async end() {
    const { id } = await sessions.retrieveActiveByRoom(ROOM);
    return {
      answer: (await activeRooms.end(ROOM, { lock: true, reason: "Time is up" })) ?? null,
      over: await sessions.retrieveById(id),
      activeRoom: await refusal(activeRooms.retrieve(ROOM)),
      again: await refusal(activeRooms.end(ROOM, {})),
      byRoom: await refusal(sessions.retrieveActiveByRoom(ROOM)),
    };
  },
});
