package main

import "context"

func revocationDrill(context.Context, *stage) ([]row, error) { return nil, nil }
