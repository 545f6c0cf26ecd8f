// What a backend does with rooms, one at a time.
import { NO_ID, all, connect, counted, key, own, refusal, rooms, tell } from "./sdk.mjs";

async function refusedConfiguration(configuration) {
  const name = own("Refused");
  const create = await refusal(rooms.create({ name, ...configuration }));
  return { create, left: await all({ name }) };
}

async function stranger(accessKey, secret) {
  const { rooms: closed } = connect(accessKey, secret);
  const name = own("Stranger");
  return {
    create: await counted(() => refusal(closed.create({ name }))),
    retrieveById: await counted(() => refusal(closed.retrieveById(NO_ID))),
    list: await counted(() => refusal(closed.list()[Symbol.asyncIterator]().next())),
    left: await all({ name }),
  };
}

await tell({
  async create() {
    const name = own("Standup");
    const first = await rooms.create({ name, description: "Every morning", region: "eu" });
    const again = await rooms.create({ name: name.toLowerCase(), description: "Every evening" });
    return { name, first, again };
  },

  async createUnnamed() {
    const unnamed = await rooms.create();
    const alike = await rooms.create({ template_id: unnamed.template_id });
    return { unnamed, alike };
  },

  async createAtOnce() {
    const name = own("Rush");
    return Promise.all(Array.from({ length: 20 }, () => rooms.create({ name })));
  },

  async retrieve() {
    const created = await rooms.create({ name: own("Lobby") });
    const byId = await rooms.retrieveById(created.id);
    const byName = await rooms.retrieveByName(created.name);
    const byLoudName = await rooms.retrieveByName(created.name.toUpperCase());
    return { created, byId, byName, byLoudName };
  },

  async update() {
    const created = await rooms.create({ name: own("Draft"), description: "To be changed" });
    const credentials = { key: "an access key", secret: "a secret" };
    const upload_info = { type: "s3", location: "bucket", prefix: "rooms", credentials };
    const recording_info = { enabled: true, upload_info };
    const changes = { name: own("Final"), description: "Changed", region: "us", recording_info };
    const updated = await rooms.update(created.id, changes);
    const byId = await rooms.retrieveById(created.id);
    const byName = await rooms.retrieveByName(changes.name);
    const byOldName = await refusal(rooms.retrieveByName(created.name));
    return { created, changes, updated, byId, byName, byOldName };
  },

  async disableAndEnable() {
    const { id } = await rooms.create({ name: own("Stage") });
    const disabled = await rooms.enableOrDisable(id, false);
    const meanwhile = await rooms.retrieveById(id);
    const enabled = await rooms.enableOrDisable(id, true);
    return { id, disabled, meanwhile, enabled };
  },

  async unknown() {
    const name = own("Nothing");
    return {
      name,
      retrieveById: await refusal(rooms.retrieveById(NO_ID)),
      retrieveByNoId: await refusal(rooms.retrieveById("lobby")),
      retrieveByName: await refusal(rooms.retrieveByName(name)),
      update: await refusal(rooms.update(NO_ID, { description: "Nothing" })),
      disable: await refusal(rooms.enableOrDisable(NO_ID, false)),
    };
  },

  async refusedConfigurations() {
    return {
      name: await refusedConfiguration({ name: "not a name" }),
      region: await refusedConfiguration({ region: "mars" }),
      template: await refusedConfiguration({ template_id: NO_ID }),
      location: await refusedConfiguration({ recording_info: { upload_info: { type: "s3" } } }),
      type: await refusedConfiguration({ recording_info: { upload_info: { type: "ftp", location: "bucket" } } }),
    };
  },

  async takenName() {
    const first = await rooms.create({ name: own("First") });
    const second = await rooms.create({ name: own("Second") });
    const rename = await refusal(rooms.update(second.id, { name: first.name.toUpperCase() }));
    return { second, rename, after: await rooms.retrieveById(second.id) };
  },

  async strangers() {
    return {
      wrongSecret: await stranger(key.accessKey, `${key.secret}0`),
      unknownKey: await stranger(NO_ID, key.secret),
    };
  },
});
