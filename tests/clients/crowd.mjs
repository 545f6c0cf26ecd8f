// 250 rooms, the oldest first, each made and answered before the next one; every tenth of them is then disabled.
import { own, rooms, tell } from "./sdk.mjs";

await tell({
  async populate() {
    const created = [];
    for (let number = 0; number < 250; number += 1) {
      created.push(await rooms.create({ name: own(`Room-${number}`) }));
    }
    for (let number = 0; number < 250; number += 10) {
      created[number] = await rooms.enableOrDisable(created[number].id, false);
    }
    return created;
  },
});
