window.YTD.account.part0 = [
 {
  "account": {
   "username": "hallandvaxer",
   "accountId": "1",
   "accountDisplayName": "Halland v\u00e4xer"
  }
 }
]
