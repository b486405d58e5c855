"""WeChat Pay (微信支付), APIv3, direct merchant."""
