"""One Opus track over aiortc, told and telling by lines of JSON: see program-peer.ts."""

import array
import asyncio
import base64
import fractions
import json
import math
import sys
import threading
import time

import aiortc
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import AudioStreamTrack
from av import AudioFrame

RATE = 48_000
TONE_HZ = 1_000
AMPLITUDE = 8_192
FRAME_SAMPLES = RATE // 50


def say(**message):
    print(json.dumps(message), flush=True)


class Tone(AudioStreamTrack):
    """Whole periods fit into a frame, so that each frame is the same."""

    samples = array.array(
        "h", (round(AMPLITUDE * math.sin(2 * math.pi * TONE_HZ * n / RATE)) for n in range(FRAME_SAMPLES))
    ).tobytes()
    sent = 0
    started = None

    async def recv(self):
        self.started = self.started or time.monotonic()
        await asyncio.sleep(max(0, self.started + self.sent / RATE - time.monotonic()))
        frame = AudioFrame(format="s16", layout="mono", samples=FRAME_SAMPLES)
        frame.planes[0].update(self.samples)
        frame.sample_rate = RATE
        frame.pts = self.sent
        frame.time_base = fractions.Fraction(1, RATE)
        self.sent += FRAME_SAMPLES
        return frame


async def hear(track):
    while True:
        frame = await track.recv()
        samples = array.array("h", bytes(frame.planes[0]))[: frame.samples * len(frame.layout.channels)]
        left = samples[:: len(frame.layout.channels)]
        say(pcm=base64.b64encode(left.tobytes()).decode())


async def main():
    lines = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, json.loads(line))
        loop.call_soon_threadsafe(lines.put_nowait, None)

    threading.Thread(target=read, daemon=True).start()
    told = await lines.get()
    # Without a configuration it would ask a STUN server far away.
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    tasks = []

    @peer.on("track")
    def on_track(track):
        tasks.append(asyncio.ensure_future(hear(track)))

    @peer.on("connectionstatechange")
    def on_state():
        # It has no other suite.
        if peer.connectionState == "connected":
            say(connected=True, suite="SRTP_AES128_CM_SHA1_80")

    if told["role"] == "broadcaster":
        peer.addTransceiver(Tone(), direction="sendonly")
    else:
        peer.addTransceiver("audio", direction="recvonly")
    await peer.setLocalDescription(await peer.createOffer())
    say(version=aiortc.__version__, offer=peer.localDescription.sdp)
    await peer.setRemoteDescription(RTCSessionDescription((await lines.get())["answer"], "answer"))
    await lines.get()


asyncio.run(main())
