"""One Opus track over GStreamer's webrtcbin, told and telling by lines of JSON: see program-peer.ts."""

import base64
import json
import os
import sys
import threading

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstWebRTC", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

OPUS = "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,payload=111"
# Others speak in frames of 20 and 60 ms; the relay is to carry short ones, too.
TONE = (
    "audiotestsrc is-live=true wave=sine freq=1000 volume=0.25 ! audio/x-raw,rate=48000,channels=1 "
    f"! opusenc frame-size=5 ! rtpopuspay pt=111 ! {OPUS} ! peer."
)
EAR = (
    "rtpopusdepay ! opusdec ! audioconvert ! audioresample ! audio/x-raw,format=S16LE,rate=48000,channels=1 "
    "! appsink name=sink emit-signals=true sync=false"
)
# Of GstDtlsSrtpCipher and GstDtlsSrtpAuth.
AES_128_ICM_AND_SHA1_80 = (1, 2)


def say(**message):
    print(json.dumps(message), flush=True)


def on_sample(sink):
    buffer = sink.emit("pull-sample").get_buffer()
    say(pcm=base64.b64encode(buffer.extract_dup(0, buffer.get_size())).decode())
    return Gst.FlowReturn.OK


def on_pad(peer, pad):
    if pad.direction != Gst.PadDirection.SRC:
        return
    ear = Gst.parse_bin_from_description(EAR, True)
    ear.get_by_name("sink").connect("new-sample", on_sample)
    # Elements of one bin alone can be linked.
    peer.get_parent().add(ear)
    ear.sync_state_with_parent()
    pad.link(ear.get_static_pad("sink"))


def suite_of(peer):
    decoders = [element for element in iterate(peer) if kind_of(element) == "dtlsdec"]
    negotiated = {(decoder.get_property("srtp-cipher"), decoder.get_property("srtp-auth")) for decoder in decoders}
    return "SRTP_AES128_CM_SHA1_80" if negotiated == {AES_128_ICM_AND_SHA1_80} else None


def kind_of(element):
    factory = element.get_factory()
    return None if factory is None else factory.get_name()


def iterate(peer):
    elements = peer.iterate_recurse()
    while True:
        result, element = elements.next()
        if result != Gst.IteratorResult.OK:
            return
        yield element


def on_state(peer, _):
    if peer.get_property("connection-state") == GstWebRTC.WebRTCPeerConnectionState.CONNECTED:
        suite = suite_of(peer)
        if suite is not None:
            say(suite=suite)
        say(connected=True)


def on_gathering(peer, _):
    if peer.get_property("ice-gathering-state") == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
        version = ".".join(str(part) for part in Gst.version()[:3])
        # The text lies in the description, which has to live as long.
        description = peer.get_property("local-description")
        say(version=version, offer=description.sdp.as_text())


def on_offer(promise, peer):
    # The offer lies in the reply, which has to live as long.
    reply = promise.get_reply()
    peer.emit("set-local-description", reply.get_value("offer"), Gst.Promise.new())


def make_offer(peer):
    peer.emit("create-offer", None, Gst.Promise.new_with_change_func(on_offer, peer))


def take_answer(peer):
    _, message = GstSdp.SDPMessage.new_from_text(json.loads(sys.stdin.readline())["answer"])
    answer = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, message)
    peer.emit("set-remote-description", answer, Gst.Promise.new())
    sys.stdin.read()
    os._exit(0)


def main():
    told = json.loads(sys.stdin.readline())
    Gst.init(None)
    sending = told["role"] == "broadcaster"
    pipeline = Gst.Pipeline.new()
    elements = "webrtcbin name=peer bundle-policy=max-bundle " + (TONE if sending else "")
    pipeline.add(Gst.parse_bin_from_description(elements, False))
    peer = pipeline.get_by_name("peer")
    peer.connect("notify::connection-state", on_state)
    peer.connect("notify::ice-gathering-state", on_gathering)
    if sending:
        peer.connect("on-negotiation-needed", make_offer)
    else:
        peer.connect("pad-added", on_pad)
        direction = GstWebRTC.WebRTCRTPTransceiverDirection.RECVONLY
        peer.emit("add-transceiver", direction, Gst.Caps.from_string(OPUS + ",encoding-params=(string)2"))
    pipeline.set_state(Gst.State.PLAYING)
    if not sending:
        make_offer(peer)
    threading.Thread(target=take_answer, args=(peer,), daemon=True).start()
    GLib.MainLoop().run()


main()
