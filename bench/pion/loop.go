// Joins as bare Pion does them: both ends in one process, the offer posted over HTTP on loopback, nothing else around them.
//
// usage: loop JOINS AT_ONCE
// prints one JSON array: milliseconds from POST to connected, for each join
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/pion/webrtc"
)

const (
	joinTimeout = 10 * time.Second
	// As pion/ice numbers its modes.
	multicastDNSDisabled = 1
)

var opus = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func newAPI() *webrtc.API {
	settings := webrtc.SettingEngine{}
	settings.SetIncludeLoopbackCandidate(true)
	settings.SetIPFilter(func(ip net.IP) bool { return ip.IsLoopback() && ip.To4() != nil })
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetICEMulticastDNSMode(multicastDNSDisabled)
	media := &webrtc.MediaEngine{}
	must(media.RegisterCodec(webrtc.RTPCodecParameters{RTPCodecCapability: opus, PayloadType: 111}, webrtc.RTPCodecTypeAudio))
	return webrtc.NewAPI(webrtc.WithSettingEngine(settings), webrtc.WithMediaEngine(media))
}

// The local description with all candidates inside.
func describe(peer *webrtc.PeerConnection, description webrtc.SessionDescription) *webrtc.SessionDescription {
	gathered := webrtc.GatheringCompletePromise(peer)
	must(peer.SetLocalDescription(description))
	<-gathered
	return peer.LocalDescription()
}

func answerWith(api *webrtc.API) http.HandlerFunc {
	return func(response http.ResponseWriter, request *http.Request) {
		offer := webrtc.SessionDescription{}
		must(json.NewDecoder(request.Body).Decode(&offer))
		peer, err := api.NewPeerConnection(webrtc.Configuration{})
		must(err)
		track, err := webrtc.NewTrackLocalStaticRTP(opus, "audio", "pion")
		must(err)
		_, err = peer.AddTrack(track)
		must(err)
		must(peer.SetRemoteDescription(offer))
		answer, err := peer.CreateAnswer(nil)
		must(err)
		must(json.NewEncoder(response).Encode(describe(peer, answer)))
	}
}

func join(api *webrtc.API, url string) float64 {
	peer, err := api.NewPeerConnection(webrtc.Configuration{})
	must(err)
	connected := make(chan struct{})
	peer.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		if state == webrtc.PeerConnectionStateConnected {
			close(connected)
		}
	})
	_, err = peer.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly})
	must(err)
	offer, err := peer.CreateOffer(nil)
	must(err)
	body, err := json.Marshal(describe(peer, offer))
	must(err)
	started := time.Now()
	response, err := http.Post(url, "application/json", bytes.NewReader(body))
	must(err)
	defer response.Body.Close()
	answer := webrtc.SessionDescription{}
	must(json.NewDecoder(response.Body).Decode(&answer))
	must(peer.SetRemoteDescription(answer))
	select {
	case <-connected:
	case <-time.After(joinTimeout):
		log.Fatal("a join of Pion's took too long")
	}
	return float64(time.Since(started).Microseconds()) / 1000
}

func main() {
	joins, err := strconv.Atoi(os.Args[1])
	must(err)
	atOnce, err := strconv.Atoi(os.Args[2])
	must(err)
	api := newAPI()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	must(err)
	go func() { must(http.Serve(listener, answerWith(api))) }()
	url := fmt.Sprintf("http://%s/", listener.Addr())
	times := make([]float64, joins)
	turns := make(chan int)
	done := sync.WaitGroup{}
	for i := 0; i < atOnce; i++ {
		done.Add(1)
		go func() {
			defer done.Done()
			for turn := range turns {
				times[turn] = join(api, url)
			}
		}()
	}
	for i := 0; i < joins; i++ {
		turns <- i
	}
	close(turns)
	done.Wait()
	must(json.NewEncoder(os.Stdout).Encode(times))
}
