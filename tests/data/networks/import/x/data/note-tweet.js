window.YTD.note_tweet.part0 = [
 {
  "noteTweet": {
   "noteTweetId": "1700000000000000000",
   "createdAt": "2023-09-09T09:00:00.000Z",
   "core": {
    "text": "En l\u00e5ng text om varf\u00f6r Halland v\u00e4xer, som b\u00f6rjar likadant i b\u00e5da filerna och sedan g\u00e5r vidare: allt som inte fick plats. #hallandv\u00e4xer https://t.co/n",
    "urls": [
     {
      "shortUrl": "https://t.co/n",
      "expandedUrl": "https://www.halland.example/lang"
     }
    ]
   }
  }
 }
]
