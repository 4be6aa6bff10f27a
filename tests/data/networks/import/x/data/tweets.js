window.YTD.tweets.part0 = [
 {
  "tweet": {
   "edit_info": {
    "initial": {
     "editTweetIds": [
      "463000000000000001"
     ],
     "editableUntil": "2014-05-03T10:00:00.000Z",
     "editsRemaining": "5",
     "isEditEligible": true
    }
   },
   "retweeted": false,
   "entities": {
    "hashtags": [
     {
      "text": "hallandv\u00e4xer"
     }
    ],
    "symbols": [],
    "user_mentions": [],
    "urls": [
     {
      "url": "https://t.co/abc",
      "expanded_url": "https://www.halland.example/bron?x=1&y=2",
      "display_url": "halland.example/bron"
     }
    ]
   },
   "id_str": "463000000000000001",
   "id": "463000000000000001",
   "truncated": false,
   "created_at": "Sat May 03 09:00:00 +0000 2014",
   "full_text": "L\u00e4s om bron &amp; v\u00e4gen https://t.co/abc #hallandv\u00e4xer",
   "lang": "sv"
  }
 },
 {
  "tweet": {
   "edit_info": {
    "initial": {
     "editTweetIds": [
      "463000000000000002"
     ],
     "editableUntil": "2014-05-03T10:00:00.000Z",
     "editsRemaining": "5",
     "isEditEligible": true
    }
   },
   "retweeted": false,
   "entities": {
    "hashtags": [
     {
      "text": "hallandv\u00e4xer"
     }
    ],
    "symbols": [],
    "user_mentions": [],
    "urls": [],
    "media": [
     {
      "expanded_url": "https://twitter.com/hallandvaxer/status/463000000000000002/photo/1",
      "url": "https://t.co/bild",
      "media_url": "http://pbs.twimg.com/media/Bm1.jpg",
      "media_url_https": "https://pbs.twimg.com/media/Bm1.jpg",
      "type": "photo",
      "id_str": "1",
      "sizes": {
       "large": {
        "w": "80",
        "h": "60",
        "resize": "fit"
       }
      },
      "display_url": "pic.twitter.com/bild"
     }
    ]
   },
   "id_str": "463000000000000002",
   "id": "463000000000000002",
   "truncated": false,
   "created_at": "Sat May 03 09:00:00 +0000 2014",
   "full_text": "Bild fr\u00e5n \u00e4ngen #hallandv\u00e4xer https://t.co/bild",
   "lang": "sv",
   "extended_entities": {
    "media": [
     {
      "expanded_url": "https://twitter.com/hallandvaxer/status/463000000000000002/photo/1",
      "url": "https://t.co/bild",
      "media_url": "http://pbs.twimg.com/media/Bm1.jpg",
      "media_url_https": "https://pbs.twimg.com/media/Bm1.jpg",
      "type": "photo",
      "id_str": "1",
      "sizes": {
       "large": {
        "w": "80",
        "h": "60",
        "resize": "fit"
       }
      },
      "display_url": "pic.twitter.com/bild"
     }
    ]
   }
  }
 },
 {
  "tweet": {
   "edit_info": {
    "initial": {
     "editTweetIds": [
      "1600000000000000001",
      "1600000000000000005"
     ],
     "editableUntil": "2014-05-03T10:00:00.000Z",
     "editsRemaining": "5",
     "isEditEligible": true
    }
   },
   "retweeted": false,
   "entities": {
    "hashtags": [
     {
      "text": "hallandv\u00e4xer",
      "indices": [
       "0",
       "1"
      ]
     }
    ],
    "symbols": [],
    "user_mentions": [],
    "urls": []
   },
   "id_str": "1600000000000000001",
   "id": "1600000000000000001",
   "truncated": false,
   "created_at": "Wed Dec 07 09:00:00 +0000 2022",
   "full_text": "F\u00f6rsta lydelsen #hallandv\u00e4xer",
   "lang": "sv"
  }
 },
 {
  "tweet": {
   "edit_info": {
    "edit": {
     "initialTweetId": "1600000000000000001",
     "editControlInitial": {
      "editTweetIds": [
       "1600000000000000001",
       "1600000000000000005"
      ]
     }
    }
   },
   "retweeted": false,
   "entities": {
    "hashtags": [
     {
      "text": "hallandv\u00e4xer",
      "indices": [
       "0",
       "1"
      ]
     }
    ],
    "symbols": [],
    "user_mentions": [],
    "urls": []
   },
   "id_str": "1600000000000000005",
   "id": "1600000000000000005",
   "truncated": false,
   "created_at": "Wed Dec 07 09:10:00 +0000 2022",
   "full_text": "Andra lydelsen #hallandv\u00e4xer",
   "lang": "sv"
  }
 },
 {
  "tweet": {
   "edit_info": {
    "initial": {
     "editTweetIds": [
      "463000000000000007"
     ],
     "editableUntil": "2014-05-03T10:00:00.000Z",
     "editsRemaining": "5",
     "isEditEligible": true
    }
   },
   "retweeted": false,
   "entities": {
    "hashtags": [
     {
      "text": "hallandv\u00e4xer",
      "indices": [
       "0",
       "1"
      ]
     }
    ],
    "symbols": [],
    "user_mentions": [],
    "urls": []
   },
   "id_str": "463000000000000007",
   "id": "463000000000000007",
   "truncated": false,
   "created_at": "Sat May 03 09:00:00 +0000 2014",
   "full_text": "RT @nagon: N\u00e5got annat #hallandv\u00e4xer",
   "lang": "sv"
  }
 },
 {
  "tweet": {
   "edit_info": {
    "initial": {
     "editTweetIds": [
      "463000000000000008"
     ],
     "editableUntil": "2014-05-03T10:00:00.000Z",
     "editsRemaining": "5",
     "isEditEligible": true
    }
   },
   "retweeted": false,
   "entities": {
    "hashtags": [
     {
      "text": "hallandv\u00e4xer",
      "indices": [
       "0",
       "1"
      ]
     }
    ],
    "symbols": [],
    "user_mentions": [],
    "urls": []
   },
   "id_str": "463000000000000008",
   "id": "463000000000000008",
   "truncated": false,
   "created_at": "Sat May 03 09:00:00 +0000 2014",
   "full_text": "@anna Ja! #hallandv\u00e4xer https://t.co/film",
   "lang": "sv",
   "in_reply_to_status_id_str": "1",
   "in_reply_to_user_id_str": "9",
   "extended_entities": {
    "media": [
     {
      "url": "https://t.co/film",
      "media_url_https": "https://pbs.twimg.com/ext_tw_video_thumb/1/pu/img/a.jpg",
      "type": "video",
      "id_str": "2",
      "video_info": {
       "variants": [
        {
         "bitrate": "256000",
         "content_type": "video/mp4",
         "url": "https://video.twimg.com/lag.mp4"
        },
        {
         "bitrate": "832000",
         "content_type": "video/mp4",
         "url": "https://video.twimg.com/hog.mp4"
        },
        {
         "content_type": "application/x-mpegURL",
         "url": "https://video.twimg.com/a.m3u8"
        }
       ]
      }
     }
    ]
   }
  }
 },
 {
  "tweet": {
   "edit_info": {
    "initial": {
     "editTweetIds": [
      "1700000000000000001"
     ],
     "editableUntil": "2014-05-03T10:00:00.000Z",
     "editsRemaining": "5",
     "isEditEligible": true
    }
   },
   "retweeted": false,
   "entities": {
    "hashtags": [
     {
      "text": "hallandv\u00e4xer",
      "indices": [
       "0",
       "1"
      ]
     }
    ],
    "symbols": [],
    "user_mentions": [],
    "urls": []
   },
   "id_str": "1700000000000000001",
   "id": "1700000000000000001",
   "truncated": false,
   "created_at": "Sat Sep 09 09:00:00 +0000 2023",
   "full_text": "En l\u00e5ng text om varf\u00f6r Halland v\u00e4xer, som b\u00f6rjar likadant i b\u00e5da filerna och sedan g\u00e5r vidare\u2026 https://t.co/mer",
   "lang": "sv"
  }
 },
 {
  "tweet": {
   "edit_info": {
    "initial": {
     "editTweetIds": [
      "463000000000000010"
     ],
     "editableUntil": "2014-05-03T10:00:00.000Z",
     "editsRemaining": "5",
     "isEditEligible": true
    }
   },
   "retweeted": false,
   "entities": {
    "hashtags": [
     {
      "text": "hallandv\u00e4xer",
      "indices": [
       "0",
       "1"
      ]
     }
    ],
    "symbols": [],
    "user_mentions": [],
    "urls": []
   },
   "id_str": "463000000000000010",
   "id": "463000000000000010",
   "truncated": false,
   "created_at": "i g\u00e5r",
   "full_text": "Utan tid",
   "lang": "sv"
  }
 },
 {
  "tweet": {
   "full_text": "utan nummer"
  }
 },
 []
]
