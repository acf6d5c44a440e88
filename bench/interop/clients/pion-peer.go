// One Opus track over Pion, told and telling by lines of JSON: see program-peer.ts.
package main

import (
	"encoding/json"
	"os"
	"sync"
	"time"

	"github.com/pion/dtls/v2"
	"github.com/pion/interceptor"
	"github.com/pion/webrtc"
	"github.com/pion/webrtc/pkg/media"
)

const packetDuration = 20 * time.Millisecond

// Set by the linker.
var version = "unknown"

var profiles = map[string]dtls.SRTPProtectionProfile{
	"AEAD_AES_128_GCM":  dtls.SRTP_AEAD_AES_128_GCM,
	"AES128_CM_SHA1_80": dtls.SRTP_AES128_CM_HMAC_SHA1_80,
}

type settings struct {
	Role  string   `json:"role"`
	Suite string   `json:"suite"`
	Tape  [][]byte `json:"tape"`
}

var output sync.Mutex

func say(message map[string]interface{}) {
	output.Lock()
	defer output.Unlock()
	check(json.NewEncoder(os.Stdout).Encode(message))
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func newPeer(suite string) *webrtc.PeerConnection {
	var engine webrtc.SettingEngine
	engine.SetSRTPProtectionProfiles(profiles[suite])
	var codecs webrtc.MediaEngine
	check(codecs.RegisterDefaultCodecs())
	var interceptors interceptor.Registry
	check(webrtc.RegisterDefaultInterceptors(&codecs, &interceptors))
	api := webrtc.NewAPI(webrtc.WithSettingEngine(engine), webrtc.WithMediaEngine(&codecs),
		webrtc.WithInterceptorRegistry(&interceptors))
	peer, err := api.NewPeerConnection(webrtc.Configuration{})
	check(err)
	return peer
}

func play(track *webrtc.TrackLocalStaticSample, tape [][]byte) {
	ticks := time.NewTicker(packetDuration)
	for index := 0; ; index++ {
		check(track.WriteSample(media.Sample{Data: tape[index%len(tape)], Duration: packetDuration}))
		<-ticks.C
	}
}

func listen(peer *webrtc.PeerConnection) {
	_, err := peer.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio,
		webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
	check(err)
	peer.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		for {
			packet, _, err := track.ReadRTP()
			if err != nil {
				return
			}
			say(map[string]interface{}{"opus": packet.Payload})
		}
	})
}

// Without reading, no interceptor sees the receiver reports.
func readReports(sender *webrtc.RTPSender) {
	buffer := make([]byte, 1500)
	for {
		if _, _, err := sender.Read(buffer); err != nil {
			return
		}
	}
}

func main() {
	input := json.NewDecoder(os.Stdin)
	var told settings
	check(input.Decode(&told))
	peer := newPeer(told.Suite)
	var track *webrtc.TrackLocalStaticSample
	if told.Role == "broadcaster" {
		var err error
		opus := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
		track, err = webrtc.NewTrackLocalStaticSample(opus, "audio", "interop")
		check(err)
		sender, err := peer.AddTrack(track)
		check(err)
		go readReports(sender)
	} else {
		listen(peer)
	}
	peer.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state != webrtc.PeerConnectionStateConnected {
			return
		}
		// It was the only one on offer.
		say(map[string]interface{}{"connected": true, "suite": told.Suite})
		if track != nil {
			go play(track, told.Tape)
		}
	})

	offer, err := peer.CreateOffer(nil)
	check(err)
	gathered := webrtc.GatheringCompletePromise(peer)
	check(peer.SetLocalDescription(offer))
	<-gathered
	say(map[string]interface{}{"version": version, "offer": peer.LocalDescription().SDP})

	var reply struct {
		Answer string `json:"answer"`
	}
	check(input.Decode(&reply))
	check(peer.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: reply.Answer}))
	// Blocks until there is no parent left.
	_ = input.Decode(&reply)
}
