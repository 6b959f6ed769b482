package handout

// Guide are the commands that the guide shows, in its order. They hold no secret: they ask for one, or leave a place.
func Guide() Set {
	return Set{
		file("guide_install", "install.sh", "guide-install.sh"),
		file("guide_clouds", "clouds.sh", "guide-clouds.sh"),
		file("guide_credential", "token.sh", "guide-credential.sh"),
		file("guide_openrc", "*-openrc.sh", "guide-openrc.sh"),
		file("guide_v2", "token-v2.sh", "guide-v2.sh"),
		file("guide_aws", "aws.sh", "guide-aws.sh"),
		file("guide_use", "use.sh", "guide-use.sh"),
		file("guide_revoke", "revoke.sh", "guide-revoke.sh"),
	}
}
