// What a backend sees of many rooms through the SDK's iterator.
import { all, counted, refusal, tell } from "./sdk.mjs";

await tell({
  everyRoom: () => counted(() => all()),

  byHundreds: () => counted(() => all({ limit: 100 })),

  byTwoHundreds: () => counted(() => refusal(all({ limit: 200 }))),

  enabled: () => all({ enabled: true }),

  disabled: () => all({ enabled: false }),

  async between() {
    const listed = await all({ limit: 100 });
    const [before, after] = [listed[60].created_at, listed[185].created_at];
    return { before, after, listed: await all({ before, after }) };
  },
});
