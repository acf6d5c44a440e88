/** Every channel of the alerts; what must stay secret has `-secret-` in it. */
export const CHANNELS = {
  TELEGRAM_CHAT_ID: '-100200300',
  TELEGRAM_BOT_TOKEN: '12:telegram-secret-',
  SLACK_WEBHOOK_URL: 'https://slack.example.org/slack-secret-1',
  ALERT_EMAIL_TO: 'oncall@example.org',
  SMTP_SMARTHOST: 'mail.example.org:587',
  SMTP_USERNAME: 'azaan',
  SMTP_PASSWORD: 'mail-secret-',
  ALERT_WEBHOOK_URL: 'https://hooks.example.org/webhook-secret-1',
  WATCHDOG_URL: 'https://watchdog.example.org/watchdog-secret-1',
};

/** An archive of logs. */
export const ARCHIVE = {
  LOG_ARCHIVE_BUCKET: 'azaan-logs',
  LOG_ARCHIVE_ENDPOINT: 'https://s3.example.org',
  LOG_ARCHIVE_KEY_ID: 'KEYOFTHELOGS',
  LOG_ARCHIVE_SECRET: 'storage-secret-1',
};
