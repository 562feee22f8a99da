package product

import "testing"

func TestEuros(t *testing.T) {
	for cents, want := range map[int64]string{
		0:      "€0.00",
		5:      "€0.05",
		1290:   "€12.90",
		-5:     "-€0.05",
		100000: "€1000.00",
	} {
		if got := Euros(cents); got != want {
			t.Errorf("Euros(%d) = %q, want %q", cents, got, want)
		}
	}
}
