// Presents a refresh token by the clients of Go: `clients CLIENT,… URL…`.
//
// The client_id of each request says which client it was, so that a test can tell who came through.
package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
)

var clients = map[string]*http.Client{
	"net-http":      http.DefaultClient,
	"own-transport": {Transport: &http.Transport{}},
}

func main() {
	for _, address := range os.Args[2:] {
		for _, client := range strings.Split(os.Args[1], ",") {
			if answer := play(address, client); answer != "400" {
				fmt.Fprintf(os.Stderr, "%s at %s: %s\n", client, address, answer)
			}
		}
	}
}

func play(address, client string) string {
	answer, err := clients[client].PostForm(address, url.Values{
		"grant_type":    {"refresh_token"},
		"refresh_token": {"secret-of-" + client},
		"client_id":     {client},
	})
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	return fmt.Sprint(answer.StatusCode)
}
