package store

import (
	"context"

	"github.com/lintel-id/lintel/internal/identity"
)

const selectDomainConfig = `SELECT domain_id, group_name, option_name, value, sealed, key_id FROM domain_config`

func scanDomainConfig(row scanner) (o identity.DomainConfigOption, err error) {
	err = row.Scan(&o.DomainID, &o.Group, &o.Option, &o.Value, &o.Sealed, &o.KeyID)
	return o, err
}

// PutDomainConfig writes one option of a domain's configuration. Configurations are no part of
// the model, and go with their domain.
func (tx *Tx) PutDomainConfig(ctx context.Context, o *identity.DomainConfigOption) error {
	return tx.insert(ctx, object{noun: "domain_config", id: string(o.DomainID)}, `INSERT INTO domain_config
		(domain_id, group_name, option_name, value, sealed, key_id) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (domain_id, group_name, option_name) DO UPDATE SET value = excluded.value, sealed = excluded.sealed, key_id = excluded.key_id`,
		o.DomainID, o.Group, o.Option, o.Value, o.Sealed, o.KeyID)
}

// DeleteDomainConfig deletes one option of a domain's configuration, if it is there.
func (tx *Tx) DeleteDomainConfig(ctx context.Context, domain identity.DomainID, group, option string) error {
	_, err := tx.exec(ctx, `DELETE FROM domain_config WHERE domain_id = $1 AND group_name = $2 AND option_name = $3`, domain, group, option)
	return err
}

// ListDomainConfig lists the options of a domain's configuration by group and option, sealed
// ones too.
func (r reader) ListDomainConfig(ctx context.Context, domain identity.DomainID) ([]identity.DomainConfigOption, error) {
	return collect(ctx, r, scanDomainConfig, selectDomainConfig+` WHERE domain_id = $1 ORDER BY group_name, option_name`, string(domain))
}
