// What a backend hears of recordings and streams where no media engine is: each list is empty, nothing can start.
import {
  NO_ID,
  all,
  analytics,
  counted,
  each,
  externalStreams,
  liveStreams,
  own,
  recordingAssets,
  recordings,
  refusal,
  rooms,
  tell,
} from "./sdk.mjs";

const { id: room } = await rooms.create({ name: own("Studio") });
const { id: closed } = await rooms.create({ name: own("Closed"), enabled: false });
const meeting_url = "https://meet.example/studio?skip_preview=true";
const resolution = { width: 1280, height: 720 };
const tracks = ["track.add.success", "track.update.success", "track.remove.success"];

async function jobsOf(things, start, wrong) {
  return {
    start: await refusal(things.start(room, start)),
    startWrongly: await refusal(things.start(room, { ...start, ...wrong })),
    startInNoRoom: await refusal(things.start(NO_ID, start)),
    startInClosedRoom: await refusal(things.start(closed, start)),
    stopAll: await refusal(things.stopAll(room)),
    stopAllInNoRoom: await refusal(things.stopAll(NO_ID)),
    retrieve: await refusal(things.retrieve(NO_ID)),
    retrieveByNoId: await refusal(things.retrieve("studio")),
    stop: await refusal(things.stop(NO_ID)),
  };
}

async function listsOf(things) {
  const filters = { room_id: room, session_id: NO_ID, status: "completed", limit: 100 };
  return {
    everything: await counted(() => all(undefined, things)),
    filtered: await counted(() => all(filters, things)),
    ofNoStatus: await refusal(all({ status: "lost" }, things)),
    byTwoHundreds: await refusal(all({ limit: 200 }, things)),
  };
}

async function eventsOf(list, type) {
  const filters = { room_id: room, type, session_id: NO_ID, peer_id: NO_ID, limit: 1 };
  return {
    ofRoom: await counted(() => each(list({ room_id: room, type }))),
    filtered: await counted(() => each(list(filters))),
    ofNoRoom: await refusal(each(list({ type }))),
  };
}

await tell({
  async recordings() {
    const start = { meeting_url, resolution, audio_only: false };
    return jobsOf(recordings, start, { resolution: { width: 1, height: 1 } });
  },

  async liveStreams() {
    const start = { meeting_url, recording: { hls_vod: true, single_file_per_layer: false }, destination: "stage" };
    return {
      ...(await jobsOf(liveStreams, start, { recording: true })),
      sendMetadata: await refusal(liveStreams.sendTimedMetadata(NO_ID, { payload: "Goal", duration: 5 })),
      sendMetadataWrongly: await refusal(liveStreams.sendTimedMetadata(NO_ID, { payload: "Goal" })),
      pause: await refusal(liveStreams.pauseRecording(NO_ID)),
      resume: await refusal(liveStreams.resumeRecording(NO_ID)),
    };
  },

  async externalStreams() {
    const start = { meeting_url, rtmp_urls: ["rtmps://live.example/app/key"], recording: true, resolution };
    return jobsOf(externalStreams, start, { rtmp_urls: [] });
  },

  async recordingAssets() {
    return {
      retrieve: await refusal(recordingAssets.retrieve(NO_ID)),
      url: await refusal(recordingAssets.generatePreSignedURL(NO_ID)),
      urlForLong: await refusal(recordingAssets.generatePreSignedURL(NO_ID, 86400)),
      urlForNoTime: await refusal(recordingAssets.generatePreSignedURL(NO_ID, "long")),
    };
  },

  async lists() {
    return {
      recordings: await listsOf(recordings),
      recordingAssets: await listsOf(recordingAssets),
      liveStreams: await listsOf(liveStreams),
      externalStreams: await listsOf(externalStreams),
    };
  },

  async events() {
    return {
      tracks: await eventsOf((filters) => analytics.listTrackEvents(filters), tracks),
      recordings: await eventsOf((filters) => analytics.listRecordingEvents(filters), "beam.recording.success"),
    };
  },
});
