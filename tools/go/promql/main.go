// Command promql asks Prometheus's own engine expressions about samples that it parses as Prometheus does.
//
// It reads one JSON document from standard input and writes one to standard output, so that a test in another language
// can ask. Nothing is kept.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/textparse"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
)

type question struct {
	// Scrapes are in the order of their time.
	Scrapes []struct {
		// AtMs is Unix time.
		AtMs int64 `json:"atMs"`
		// Labels are those that Prometheus adds to every sample of the target.
		Labels map[string]string `json:"labels"`
		// Body is what the target answered, in the text format.
		Body string `json:"body"`
	} `json:"scrapes"`
	// AtMs is the moment that the expressions are asked about.
	AtMs        int64    `json:"atMs"`
	Expressions []string `json:"expressions"`
}

type sample struct {
	Labels map[string]string `json:"labels"`
	// Value is text, since JSON has neither NaN nor infinity.
	Value string `json:"value"`
}

type answer struct {
	Error   string   `json:"error,omitempty"`
	Samples []sample `json:"samples"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var asked question
	if err := json.NewDecoder(in).Decode(&asked); err != nil {
		return fmt.Errorf("the question is not JSON as it should be: %w", err)
	}
	folder, err := os.MkdirTemp("", "promql-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	options := tsdb.DefaultOptions()
	// Nothing is written twice, and nothing has to survive.
	options.WALSegmentSize = -1
	db, err := tsdb.Open(folder, nil, nil, options, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	for _, scrape := range asked.Scrapes {
		if err := store(db, scrape.AtMs, scrape.Labels, scrape.Body); err != nil {
			return err
		}
	}
	engine := promql.NewEngine(promql.EngineOpts{
		MaxSamples:    1_000_000,
		Timeout:       30 * time.Second,
		LookbackDelta: 5 * time.Minute,
		Parser:        parser.NewParser(parser.Options{}),
	})
	answers := make([]answer, 0, len(asked.Expressions))
	for _, expression := range asked.Expressions {
		answers = append(answers, ask(engine, db, expression, time.UnixMilli(asked.AtMs)))
	}
	return json.NewEncoder(out).Encode(answers)
}

// store keeps the samples of one scrape with the target's labels, as Prometheus does with honor_labels off.
func store(db *tsdb.DB, at int64, target map[string]string, body string) error {
	symbols := labels.NewSymbolTable()
	parsed, err := textparse.New([]byte(body), "text/plain", symbols, textparse.ParserOptions{})
	if err != nil {
		return err
	}
	appender := db.Appender(context.Background())
	for {
		entry, err := parsed.Next()
		if errors.Is(err, io.EOF) {
			return appender.Commit()
		}
		if err != nil {
			return err
		}
		if entry != textparse.EntrySeries {
			continue
		}
		_, _, value := parsed.Series()
		var own labels.Labels
		parsed.Labels(&own)
		builder := labels.NewBuilder(own)
		for name, text := range target {
			if had := own.Get(name); had != "" {
				builder.Set("exported_"+name, had)
			}
			builder.Set(name, text)
		}
		if _, err := appender.Append(0, builder.Labels(), at, value); err != nil {
			return err
		}
	}
}

func ask(engine *promql.Engine, db *tsdb.DB, expression string, at time.Time) answer {
	query, err := engine.NewInstantQuery(context.Background(), db, nil, expression, at)
	if err != nil {
		return answer{Error: err.Error()}
	}
	defer query.Close()
	result := query.Exec(context.Background())
	if result.Err != nil {
		return answer{Error: result.Err.Error()}
	}
	vector, err := result.Vector()
	if err != nil {
		return answer{Error: err.Error()}
	}
	samples := make([]sample, 0, len(vector))
	for _, one := range vector {
		samples = append(samples, sample{Labels: one.Metric.Map(), Value: fmt.Sprint(one.F)})
	}
	return answer{Samples: samples}
}
